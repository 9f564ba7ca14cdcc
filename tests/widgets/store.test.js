import { expect, test } from "vitest";

import { RequestError } from "../../lean_magic/widgets/explorer/store.js";
import { Kernel, attempt, details, frame, openStore, smallTree } from "./kernel.js";

/**
 * @param {EventTarget} store
 * @param {string} type
 */
function record(store, type) {
  /** @type {any[]} */
  const heard = [];
  store.addEventListener(type, (event) => heard.push(/** @type {CustomEvent} */ (event).detail));
  return heard;
}

test("the store holds the tree that the kernel tells", async () => {
  const { store } = await openStore();
  expect(store.loaded).toBe(true);
  expect([...store.attempts.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(store.children(1)).toEqual([3, 5]);
  expect(store.path(4).map((one) => one.id)).toEqual([0, 1, 3, 4]);
  expect(store.best).toBe(4);
  expect(store.title).toBe("theorem swap");
});

test("changes are told once in a frame, however many there are", async () => {
  const { store, kernel } = await openStore();
  const changes = record(store, "changed");
  for (let id = 10; id < 210; id++) kernel.change([attempt({ id, parent: 0 })]);
  kernel.change([], [209, 5]);
  expect(changes).toEqual([]);
  expect(store.attempts.size).toBe(204);
  await frame();
  expect(changes).toHaveLength(1);
  expect(changes[0].attempts.size).toBe(199);
  expect([...changes[0].removed]).toEqual([209, 5]);
  expect(store.children(1)).toEqual([3]);
});

test("what is below a removed attempt goes with it, and comes back where it was", async () => {
  const { store, kernel } = await openStore();
  const changes = record(store, "changed");
  const tree = smallTree();
  kernel.change([], [1]);
  expect([...store.attempts.keys()]).toEqual([0, 2]);
  await frame();
  expect([...changes[0].removed].sort()).toEqual([1, 3, 4, 5]);
  kernel.change(tree.slice(1));
  expect(store.children(0)).toEqual([1, 2]);
  expect(store.children(1)).toEqual([3, 5]);
});

test("changes before the tree came are in the tree", async () => {
  const kernel = new Kernel();
  kernel.silent = true;
  const { store } = await openStore(kernel);
  kernel.change([attempt({ id: 9, parent: 8 })]);
  expect(store.attempts.size).toBe(0);
});

test("a selection holds here at once, and is told to the kernel", async () => {
  const { store, kernel } = await openStore();
  kernel.silent = true;
  store.select(3);
  expect(store.current).toBe(3);
  expect(kernel.sentOf("select")).toEqual([{ kind: "select", attempt: 3 }]);
  store.select(3);
  store.select(999);
  expect(kernel.sentOf("select")).toHaveLength(1);
});

test("a selection stays while the kernel has not heard of it", async () => {
  const { store, kernel } = await openStore();
  kernel.silent = true;
  store.select(3);
  store.select(4);
  kernel.change([]); // the kernel still has 0
  expect(store.current).toBe(4);
  kernel.current = 3; // it has heard the first
  kernel.change([]);
  expect(store.current).toBe(4);
  kernel.current = 4;
  kernel.change([]);
  kernel.current = 1; // and now a program selects
  kernel.change([]);
  expect(store.current).toBe(1);
});

test("a program's selection wins over one that the kernel has not heard of", async () => {
  const { store, kernel } = await openStore();
  kernel.silent = true;
  store.select(3);
  kernel.current = 1;
  kernel.change([]);
  expect(store.current).toBe(1);
});

test("what was selected and pruned gives way to what the kernel selects", async () => {
  const { store, kernel } = await openStore();
  kernel.silent = true;
  store.select(3);
  kernel.change([], [3, 4]);
  expect(store.current).toBe(0);
});

test("details are asked for once, several together, and kept", async () => {
  const { store, kernel } = await openStore();
  expect(store.details(1)).toBeUndefined();
  expect(store.details(3)).toBeUndefined();
  expect(store.details(1)).toBeUndefined();
  const told = record(store, "details");
  await frame();
  expect(kernel.sentOf("details")).toEqual([{ kind: "details", attempts: [1, 3] }]);
  expect(told).toHaveLength(1);
  expect([...told[0].ids]).toEqual([1, 3]);
  expect(store.details(1)).toEqual(details);
  await frame();
  expect(kernel.sentOf("details")).toHaveLength(1);
});

test("details are asked for again when Lean said something else, not for a name or a mark", async () => {
  const { store, kernel } = await openStore();
  store.details(1);
  await frame();
  const [, second] = smallTree();
  kernel.change([{ ...second, name: "split", marked: true }]);
  store.details(1);
  await frame();
  expect(kernel.sentOf("details")).toHaveLength(1);
  kernel.change([{ ...second, goals: 1 }]);
  expect(store.details(1)).toEqual(details); // the old ones, until there are new ones
  await frame();
  expect(kernel.sentOf("details")).toHaveLength(2);
});

test("a request gets its own answer", async () => {
  const { store } = await openStore();
  const [hover, script] = await Promise.all([
    store.request({ kind: "type", attempt: 1, place: 0, text: "p" }),
    store.request({ kind: "script", attempt: 4 }),
  ]);
  expect(hover.text).toBe("Prop");
  expect(script.verdict).toBe("valid");
});

test("a request that the kernel can't answer fails with its words; a problem of no request is told to all", async () => {
  const { store, kernel } = await openStore();
  const problems = record(store, "problem");
  kernel.silent = true;
  const answer = store.request({ kind: "script", attempt: 4 });
  kernel.tell({ kind: "problem", request: kernel.sentOf("script")[0].request, text: "attempt 4 is gone" });
  await expect(answer).rejects.toThrow(new RequestError("attempt 4 is gone"));
  kernel.tell({ kind: "problem", text: "no worker" });
  await frame();
  expect(problems).toEqual([{ text: "no worker" }]);
});

test("a request can be given up", async () => {
  const { store, kernel } = await openStore();
  kernel.silent = true;
  const controller = new AbortController();
  const answer = store.request({ kind: "complete", attempt: 1, place: 0, text: "s", cursor: 1 }, { signal: controller.signal });
  controller.abort();
  await expect(answer).rejects.toThrow("abort");
  await expect(store.request({ kind: "script", attempt: 4 }, { signal: controller.signal })).rejects.toThrow("abort");
  expect(kernel.sentOf("script")).toEqual([]);
});

test("when the kernel goes nobody waits, and nothing is sent; the tree stays", async () => {
  const { store, kernel } = await openStore();
  const told = record(store, "connection");
  kernel.silent = true;
  const answer = store.request({ kind: "script", attempt: 4 });
  kernel.trigger("comm:close");
  await expect(answer).rejects.toThrow(RequestError);
  await expect(store.request({ kind: "script", attempt: 4 })).rejects.toThrow(store.reason);
  const sent = kernel.sent.length;
  store.select(1);
  store.details(1);
  await frame();
  expect(store.current).toBe(1);
  expect(kernel.sent).toHaveLength(sent);
  expect(store.attempts.size).toBe(6);
  expect(told).toHaveLength(1);
});

test("when the kernel is there again, the tree is asked for", async () => {
  const { store, kernel } = await openStore();
  store.disconnect("gone");
  store.connect();
  expect(kernel.sentOf("open")).toHaveLength(2);
  await frame();
  expect(store.connected).toBe(true);
  expect(store.reason).toBe("");
});

test("after the widget is closed nothing is heard", async () => {
  const { store, kernel, close } = await openStore();
  close();
  kernel.change([attempt({ id: 9 })]);
  expect(store.attempts.has(9)).toBe(false);
});

test("the last word of a search that was stopped does not end the next one", async () => {
  const { store, kernel } = await openStore();
  const told = (/** @type {number} */ search, /** @type {boolean} */ running, attempt = 0) =>
    kernel.tell({ kind: "suggestions", search, attempt, place: 0, running, done: 0, total: 2, items: [] });
  told(1, true);
  told(2, true);
  told(1, false);
  expect(store.suggestions(0)).toMatchObject({ search: 2, running: true });
  told(3, true, 1);
  told(2, false); // of another attempt: that it was stopped is to be known
  expect(store.suggestions(0)).toMatchObject({ search: 2, running: false });
});
