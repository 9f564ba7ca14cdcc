import { userEvent } from "vitest/browser";
import { afterEach, expect, test } from "vitest";

import { connectionPane, watchConnection } from "../../lean_magic/widgets/explorer/connection.js";
import { Lab } from "./jupyterlab.js";
import { Kernel, attempt, frame, openStore } from "./kernel.js";

const recipe = { format: "exploration", version: 1, goals: ["⊢ p"], attempts: [] };
const fresh = { recipe };
// Of the small tree: all that is decided, with numbers of its own.
const replayed = {
  ...recipe,
  attempts: [
    { parent: null, tactic: "constructor", place: 0, by: "person", name: null, marked: false },
    { parent: null, tactic: "simp", place: 0, by: "person", name: null, marked: false },
    { parent: 0, tactic: "exact hp", place: 0, by: "person", name: null, marked: false },
    { parent: 2, tactic: "exact hq", place: 0, by: "person", name: null, marked: false },
  ],
};

/** @type {(() => void)[]} */
const closing = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  document.body.replaceChildren();
  sessionStorage.clear();
});

/** @param {{ lab?: Lab, tree?: Kernel["tree"], attempts?: import("../../lean_magic/widgets/explorer/types").Attempt[] }} [options] */
async function open({ lab, tree = { recipe }, attempts } = {}) {
  const kernel = new Kernel(attempts);
  kernel.tree = tree;
  kernel.widget_manager = lab?.manager;
  const opened = await openStore(kernel);
  watchConnection(opened.store, opened);
  closing.push(opened.close);
  const pane = connectionPane(opened.store, opened);
  const picture = lab?.show(1, pane);
  if (!lab) document.body.append(pane);
  await frame();
  const parts = () => [...pane.querySelectorAll("span:first-child, button")].filter((part) => part.checkVisibility());
  const said = () => parts().map((part) => part.textContent).join(" ");
  const click = (/** @type {string} */ text) => {
    const found = [...pane.querySelectorAll("button")].find((button) => button.textContent === text);
    if (!found) throw new Error(`no button ${text}`);
    return userEvent.click(found);
  };
  return { ...opened, pane, picture, said, click };
}

/**
 * What a restart does to a model, whose comm is of the kernel before.
 * @param {Kernel} kernel
 */
function lose(kernel) {
  kernel.send = () => {
    throw new Error("Cannot send");
  };
  kernel.trigger("comm_live_update");
}

const newLab = () => new Lab(["%%lean\nexample : p := by sorry", "%leanctl explore"]);
const root = () => [attempt({ id: 0 })];

test("a restart is told, the tree stays, and nothing is sent any more", async () => {
  const lab = newLab();
  const { store, kernel, said } = await open({ lab });
  expect(said()).toBe("");
  lab.status.emit("restarting");
  lose(kernel);
  lab.status.emit("idle");
  await expect.poll(said).toBe("The kernel was restarted. This tree is as it was. Replay");
  expect(store.connected).toBe(false);
  expect(store.attempts.size).toBe(6);
  expect(store.send({ kind: "restore" })).toBe(false);
});

test.each([
  ["The kernel died, and was started again.", (/** @type {Lab} */ lab, /** @type {Kernel} */ kernel) => {
    lab.status.emit("restarting");
    lab.status.emit("autorestarting");
    lose(kernel);
  }],
  ["The kernel died.", (/** @type {Lab} */ lab) => lab.status.emit("dead")],
  ["The kernel was shut down.", (/** @type {Lab} */ lab) => lab.kernel.emit({ oldValue: {}, newValue: null })],
  ["The explorer was closed by the kernel.", (/** @type {Lab} */ _, /** @type {Kernel} */ kernel) => kernel.trigger("comm:close")],
  ["The kernel is gone.", (/** @type {Lab} */ _, /** @type {Kernel} */ kernel) => lose(kernel)],
])("it says: %s", async (words, happens) => {
  const lab = newLab();
  const { kernel, said } = await open({ lab });
  happens(lab, kernel);
  await expect.poll(said).toContain(words);
});

test("a comm that lives again is no loss", async () => {
  const { store, kernel, said } = await open();
  kernel.trigger("comm_live_update");
  await frame();
  expect(store.connected).toBe(true);
  expect(said()).toBe("");
});

test("what can't be sent is no error, but the end of the connection", async () => {
  const { store, kernel, said } = await open();
  kernel.send = () => {
    throw new Error("Cannot send");
  };
  store.select(1);
  await expect(store.run("simp")).rejects.toThrow("The kernel is gone.");
  await expect.poll(said).toContain("The kernel is gone.");
});

test("Replay runs the cells up to the explorer's; the one that opens then tries all again, once", async () => {
  const lab = newLab();
  const { kernel, said, click, close } = await open({ lab });
  lose(kernel);
  await expect.poll(said).toContain("Replay");
  await click("Replay");
  expect(lab.commands).toEqual([["notebook:run-all-above", 1], ["notebook:run-cell", 1]]);
  close();
  const next = await open({ lab, tree: fresh, attempts: root() });
  expect(next.kernel.sentOf("replay")).toEqual([{ kind: "replay", recipe: replayed }]);
  const another = await open({ lab, tree: fresh, attempts: root() });
  expect(another.kernel.sentOf("replay")).toEqual([]);
  expect(another.said()).toBe("");
});

test("where no command can be given, it says what to do; then it offers to replay", async () => {
  const { kernel, said, close } = await open();
  lose(kernel);
  await expect.poll(said).toBe("The kernel is gone. This tree is as it was. Run the cells again, up to the one that opened it: then it can be replayed.");
  close();
  const next = await open({ tree: fresh, attempts: root() });
  expect(next.said()).toBe("There was a tree of 4 tactics here. Replay Forget");
  expect(next.kernel.sentOf("replay")).toEqual([]);
  await next.click("Replay");
  expect(next.kernel.sentOf("replay")).toEqual([{ kind: "replay", recipe: replayed }]);
  expect(next.said()).toBe("");
});

test.each([
  ["what was selected", 3, "exact hp"],
  ["what it goes on from, if that is not decided", 5, "constructor"],
])("after Replay, %s is selected again", async (_, selected, tactic) => {
  const { store, kernel, said, close } = await open();
  store.select(selected);
  lose(kernel);
  await expect.poll(said).not.toBe("");
  close();
  const next = await open({ tree: fresh, attempts: root() });
  await next.click("Replay");
  next.kernel.change([attempt({ id: 11, tactic: "constructor", goals: 2 })]);
  await frame();
  next.kernel.change([attempt({ id: 12, tactic: "simp", status: "failed" }), attempt({ id: 13, parent: 11, tactic: "exact hp", status: "running" })]);
  await frame();
  next.kernel.change([attempt({ id: 13, parent: 11, tactic: "exact hp" })]);
  await expect.poll(() => next.store.selected?.tactic).toBe(tactic);
});

test("after a Replay that comes out differently, the best one is selected; what somebody selects meanwhile stays", async () => {
  const { store, kernel, said, close } = await open();
  store.select(4);
  lose(kernel);
  await expect.poll(said).not.toBe("");
  close();
  const [[key = "", kept = ""] = []] = Object.entries(sessionStorage);
  const [best, chosen] = [await open({ tree: fresh, attempts: root() }), await open({ tree: fresh, attempts: root() })];
  for (const next of [best, chosen]) {
    sessionStorage.setItem(key, kept);
    next.store.emit("changed", { attempts: new Set(), removed: new Set(), all: true });
    await frame();
    await next.click("Replay");
    next.kernel.best = 12;
    next.kernel.change([attempt({ id: 12, tactic: "simp" })]);
    await frame();
    if (next === chosen) next.store.select(12);
    next.kernel.change([attempt({ id: 11, tactic: "constructor", status: "failed", goals: 0 })]);
    await frame();
  }
  expect([best.store.current, chosen.store.current]).toEqual([12, 12]);
});

test("a cell that is run again offers the tree that was there", async () => {
  const first = await open();
  first.store.select(3);
  await frame();
  first.close();
  const next = await open({ tree: fresh, attempts: root() });
  expect(next.said()).toBe("There was a tree of 4 tactics here. Replay Forget");
  next.close();
  expect((await open({ tree: { recipe: { ...recipe, goals: ["⊢ other"] } }, attempts: root() })).said()).toBe("");
});

test("what is forgotten is not offered again", async () => {
  const { kernel, said, close } = await open();
  lose(kernel);
  await expect.poll(said).not.toBe("");
  close();
  const next = await open({ tree: fresh, attempts: root() });
  await next.click("Forget");
  expect(next.said()).toBe("");
  expect((await open({ tree: fresh, attempts: root() })).said()).toBe("");
});

test.each(/** @type {[string, Kernel["tree"]][]} */ ([
  ["of other goals", { recipe: { ...fresh.recipe, goals: ["⊢ q"] } }],
  ["of another title", { ...fresh, title: "theorem other" }],
]))("the tree of an explorer %s is not offered", async (_, tree) => {
  const { kernel, said, close } = await open();
  lose(kernel);
  await expect.poll(said).not.toBe("");
  close();
  expect((await open({ tree, attempts: root() })).said()).toBe("");
});

test("a tree without a tactic is nothing to replay", async () => {
  const { kernel, said } = await open({ tree: fresh, attempts: root(), lab: newLab() });
  lose(kernel);
  await expect.poll(said).toBe("The kernel is gone. This tree is as it was.");
});

test("a tree that has grown since is not offered the old one, as after a reload of the page", async () => {
  const { kernel, said, close } = await open();
  lose(kernel);
  await expect.poll(said).not.toBe("");
  close();
  expect((await open()).said()).toBe("");
});

test("the picture below is hidden while the explorer lives", async () => {
  const lab = newLab();
  const { store, kernel, picture, pane, said } = await open({ lab });
  const isVisible = () => picture?.checkVisibility();
  expect(isVisible()).toBe(false);
  store.disconnect("It seems to be gone.");
  await expect.poll(isVisible).toBe(true);
  kernel.change([]); // it lives after all
  await expect.poll(isVisible).toBe(false);
  expect(said()).toBe("");
  pane.remove();
  expect(isVisible()).toBe(true);
});
