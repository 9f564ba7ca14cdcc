import { expect, test } from "vitest";

import { Kernel, frame, openStore, smallTree } from "./kernel.js";

test("tactics run on the selected attempt's goals, or on those before it where it has none", async () => {
  const { store, close } = await openStore();
  for (const [selected, base] of [
    [0, 0],
    [1, 1],
    [2, 0],
    [4, 4],
    [5, 1],
  ]) {
    store.select(selected);
    expect(store.base?.id).toBe(base);
  }
  close();
});

test("a goal is chosen for one attempt, and told once", async () => {
  const { store, kernel, close } = await openStore();
  let told = 0;
  store.addEventListener("placed", () => told++);
  store.select(1);
  store.place = 1;
  await frame();
  expect(store.place).toBe(1);
  store.select(5); // runs on the goals of the same attempt
  expect(store.place).toBe(1);
  store.select(0);
  expect(store.place).toBe(0);
  store.select(1);
  store.place = null;
  await frame();
  expect(store.place).toBe(null);
  store.place = 1;
  kernel.change([{ ...smallTree()[1], goals: 1 }]);
  expect(store.place).toBe(0);
  await frame();
  expect(told).toBe(3);
  close();
});

test("what is run is selected, whether the kernel tells of it first or afterwards", async () => {
  const { store, kernel, close } = await openStore();
  store.select(1);
  store.place = 1;
  const first = await store.run("exact hq");
  expect(kernel.sentOf("run")[0]).toMatchObject({ parent: 1, place: 1, tactic: "exact hq" });
  expect(store.current).toBe(first);

  kernel.silent = true;
  const second = store.run("fail", { parent: 0, place: 0 });
  const { request } = kernel.sentOf("run")[1];
  kernel.tell({ kind: "started", request, attempt: 99 });
  expect(await second).toBe(99);
  expect(store.current).toBe(first);
  kernel.change([{ ...smallTree()[2], id: 99 }]);
  expect(store.current).toBe(99);
  close();
});

test("a selection made meanwhile stays", async () => {
  const kernel = new Kernel();
  const { store, close } = await openStore(kernel);
  kernel.silent = true;
  const running = store.run("simp");
  kernel.tell({ kind: "started", request: kernel.sentOf("run")[0].request, attempt: 99 });
  await running;
  store.select(1);
  kernel.change([{ ...smallTree()[2], id: 99 }]);
  expect(store.current).toBe(1);
  close();
});
