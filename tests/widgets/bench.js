// How long the built explorer takes to show a large tree, and a step in it: from the message or the click until it is painted.
// Prints medians, as a table, or as JSON with --json. Waiting for the next frame, up to 17 ms, is part of each.

import { readFileSync } from "node:fs";
import { chromium } from "playwright";
import { createServer } from "vite";

import { launchOptions } from "./browser.js";

const SIZE = 500;
const TIMES = 25;

const server = await createServer({ configFile: false, logLevel: "error", cacheDir: "node_modules/.vite", server: { port: 0, hmr: false } });
await server.listen();
const browser = await chromium.launch(launchOptions);
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  const address = `${server.resolvedUrls?.local[0]}bench.html`;
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body></body>" }));
  await page.goto(address);
  await page.addStyleTag({ content: readFileSync("lean_magic/widgets/explorer.css", "utf8") });
  const figures = await page.evaluate(measure, { size: SIZE, times: TIMES });
  if (process.argv.includes("--json")) console.log(JSON.stringify({ attempts: SIZE, times: TIMES, ...figures }));
  else console.table(figures);
} finally {
  await browser.close();
  await server.close();
}

/**
 * Runs in the page.
 * @param {{ size: number, times: number }} options
 * @returns {Promise<Record<string, number>>} medians in milliseconds, and frames per second
 */
async function measure({ size, times }) {
  // In words that no bundler reads: the page loads them.
  const [{ default: explorer }, { Kernel, attempt, largeTree }] = await Promise.all(
    ["/lean_magic/widgets/explorer.js", "/tests/widgets/kernel.js"].map((path) => import(path)),
  );
  /** @type {any} */
  let kernel;
  /** @type {HTMLElement} */
  let el;
  let close = () => {};

  // After the next frame is painted.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(undefined);
    port2.postMessage(null);
  }));
  const open = () => {
    close();
    const controller = new AbortController();
    kernel = new Kernel(largeTree(size));
    el = document.createElement("div");
    document.body.replaceChildren(el);
    const widget = explorer();
    widget.initialize({ model: kernel, signal: controller.signal });
    widget.render({ el, signal: controller.signal });
    close = () => controller.abort();
  };
  const node = (/** @type {number} */ id) => /** @type {Element} */ (el.querySelector(`[data-key="attempt-${id}"]`));
  const click = (/** @type {Element} */ target) => target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const key = (/** @type {string} */ name) => document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));

  /**
   * @param {(time: number) => void} act
   * @param {(time: number) => void | Promise<void>} [prepare]
   */
  const median = async (act, prepare) => {
    const spent = [];
    for (let time = 0; time < times; time++) {
      await prepare?.(time);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await painted();
      const start = performance.now();
      act(time);
      await painted();
      spent.push(performance.now() - start);
    }
    return Number(spent.sort((a, b) => a - b)[Math.floor(times / 2)]?.toFixed(1));
  };

  const first = await median(open, () => document.body.replaceChildren());
  open();
  await painted();
  await painted();
  const selected = await median((time) => click(node(1 + (time % 2 ? 5 : 8))));
  const added = await median((time) => kernel.change([attempt({ id: size + time, parent: 1 })]));
  click(node(1));
  const moved = await median((time) => key(time % 2 ? "ArrowUp" : "ArrowDown"));
  const closed = await median(() => key(" "));
  const fitted = await median((time) => key(time % 2 ? "+" : "0"));

  // A program adds 200 attempts in a second.
  open();
  await painted();
  let frames = 0;
  let longest = 0;
  let last = performance.now();
  let counting = true;
  requestAnimationFrame(function count(now) {
    longest = Math.max(longest, now - last);
    last = now;
    frames++;
    if (counting) requestAnimationFrame(count);
  });
  const begin = performance.now();
  for (let sent = 0; sent < 200; ) {
    for (; sent < Math.min(200, (performance.now() - begin) / 5); sent++) {
      kernel.change([attempt({ id: 2 * size + sent, parent: sent % 3 ? 2 * size + sent - 1 : 1 })]);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  counting = false;
  const seconds = (performance.now() - begin) / 1000;
  close();
  return {
    "first paint, ms": first,
    "an attempt is selected, ms": selected,
    "an attempt is added, ms": added,
    "an arrow key, ms": moved,
    "a branch is closed or opened, ms": closed,
    "fit or zoom, ms": fitted,
    "frames in a second while 200 attempts come": Math.round(frames / seconds),
    "longest frame then, ms": Math.round(longest),
  };
}
