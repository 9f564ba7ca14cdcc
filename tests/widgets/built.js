// Fails unless the built explorer is what its sources build, and small: anywidget saves it with each notebook that asks for that.

import { readFileSync } from "node:fs";
import { build } from "vite";

const LARGEST = 100_000;

const [{ output }] = await build({ logLevel: "error", build: { write: false } });
const problems = output.flatMap((file) => {
  const built = "code" in file ? file.code : file.source;
  const committed = readFileSync(`lean_magic/widgets/${file.fileName}`, "utf8");
  if (built !== committed) return [`${file.fileName} is not what its sources build: npm run build`];
  const size = Buffer.byteLength(built);
  return size > LARGEST ? [`${file.fileName} has ${size} bytes, more than ${LARGEST}`] : [];
});
for (const problem of problems) console.error(problem);
process.exitCode = problems.length ? 1 : 0;
