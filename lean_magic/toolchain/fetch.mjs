// Send one npm package to standard output, from the registry and with the settings that the user's npm has: registry,
// credentials, proxy, certificates, time limits, retries.
//
//     node fetch.mjs NPM_FOLDER PACKAGE VERSION OFFSET
//
// Standard output: a line of JSON, {"offset": n}, then the bytes of the tarball from that offset on. n is OFFSET where
// the registry can continue a download, and 0 where it can't. Standard error: one line that says what went wrong.
import { once } from "node:events";
import { createRequire } from "node:module";

const [npm, name, version, offset] = process.argv.slice(2);
const require = createRequire(`${npm}/package.json`);

// The parent holds our standard input open as long as it lives.
process.stdin.on("end", () => process.exit(1)).resume();
process.stdout.on("error", () => process.exit(1));

async function settings() {
  const Config = require("@npmcli/config");
  const { definitions, flatten, nerfDarts, shorthands } = require("@npmcli/config/lib/definitions");
  const config = new Config({
    npmPath: npm, definitions, flatten, nerfDarts, shorthands, argv: [process.execPath, npm], warn: false,
  });
  await config.load();
  const { cache, retry, timeout, ...rest } = config.flat; // without npm's cache: the caller keeps the tarball
  return {
    ...rest,
    // npm's own defaults keep someone without a network waiting for more than a minute.
    timeout: Math.min(timeout, 60_000),
    retry: { ...retry, minTimeout: Math.min(retry.minTimeout, 1_000), maxTimeout: Math.min(retry.maxTimeout, 5_000) },
  };
}

// A mirror repeats the addresses of the public registry: npm replaces their host by the mirror's, so we do.
function located(address, { registry, replaceRegistryHost }) {
  const url = new URL(address);
  const host = replaceRegistryHost === "npmjs" ? "registry.npmjs.org" : replaceRegistryHost;
  const replaced = host === "always" || host === url.host;
  return replaced ? new URL(url.pathname, registry).href : url.href;
}

async function send() {
  const options = await settings();
  const fetch = require("npm-registry-fetch");
  const accept = "application/vnd.npm.install-v1+json";
  const { versions } = await fetch.json(`/${name}`, { ...options, headers: { accept } });
  const found = versions?.[version];
  if (!found) throw new Error(`the registry ${options.registry} has no ${name} ${version}`);
  const headers = { "accept-encoding": "identity" };
  if (offset > 0) headers.range = `bytes=${offset}-`;
  const response = await fetch(located(found.dist.tarball, options), { ...options, headers });
  process.stdout.write(JSON.stringify({ offset: response.status === 206 ? Number(offset) : 0 }) + "\n");
  for await (const chunk of response.body) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

try {
  await send();
  process.stdout.end(() => process.exit(0));
} catch (error) {
  const { redact } = require("@npmcli/redact"); // an address may hold a password
  const reason = error.message === "aborted" ? "the connection broke" : String(error.message).split("\n")[0];
  process.stderr.write(redact(reason) + "\n", () => process.exit(1));
}
