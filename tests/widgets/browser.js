// The Chromium of the machine: nothing is downloaded.
import { existsSync } from "node:fs";

const folders = (process.env.PATH ?? "").split(":");
const names = ["chromium", "chromium-browser", "google-chrome"];
const executablePath = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(existsSync);
if (!executablePath) throw new Error(`no browser for the tests: none of ${names.join(", ")} is on PATH`);

/** What Playwright launches it with. */
export const launchOptions = { executablePath, args: ["--no-sandbox"] };
