// Where hypotheses come from and where they go: lit in the drawing of a proof, while one is pointed at, focused or pressed.

const LIT = ["lean-magic-proof-lit", "lean-magic-proof-source", "lean-magic-proof-use"];

/**
 * Light what belongs to what is pointed at, and let the arrow keys go through the drawing.
 * @param {HTMLElement} drawing
 */
export function linkProof(drawing) {
  /** @param {EventTarget | null} target */
  const light = (target) => {
    for (const name of LIT) for (const lit of [...drawing.getElementsByClassName(name)]) lit.classList.remove(name);
    const pressed = [...drawing.querySelectorAll(".lean-magic-proof-chip[aria-pressed='true']")];
    const pointed = target instanceof Element ? target.closest(".lean-magic-proof-chip, .lean-magic-proof-tactic") : null;
    for (const one of pointed ? [...pressed, pointed] : pressed) lightOne(drawing, /** @type {HTMLElement} */ (one));
  };
  drawing.addEventListener("pointerover", (event) => light(event.target));
  drawing.addEventListener("pointerleave", () => light(focusedIn(drawing)));
  drawing.addEventListener("focusin", (event) => {
    for (const stop of drawing.querySelectorAll("[tabindex='0']")) if (stop !== event.target) stop.setAttribute("tabindex", "-1");
    /** @type {HTMLElement} */ (event.target).setAttribute("tabindex", "0");
    light(event.target);
  });
  drawing.addEventListener("focusout", () => light(null));
  drawing.addEventListener("click", (event) => {
    const again = event.target instanceof Element && event.target.closest(".lean-magic-proof-echo");
    if (again)
      /** @type {HTMLElement | null} */ (
        drawing.querySelector(`[data-step='${/** @type {HTMLElement} */ (again).dataset.echo}']`)
      )?.click();
    light(event.target);
  });
  drawing.addEventListener("keydown", (event) => {
    const stops = /** @type {HTMLElement[]} */ ([...drawing.querySelectorAll("button")]);
    const at = stops.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: stops.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    stops[to]?.focus();
  });
  drawing.querySelector("button")?.setAttribute("tabindex", "0");
}

/**
 * @param {HTMLElement} drawing
 * @param {HTMLElement} one
 */
function lightOne(drawing, one) {
  const chips = /** @type {HTMLElement[]} */ ([...drawing.querySelectorAll("[data-hypothesis]")]);
  const { hypothesis, step, echo } = one.dataset;
  if (hypothesis !== undefined) {
    // Boxes within each other may show the same one.
    const same = chips.filter((chip) => chip.dataset.hypothesis === hypothesis);
    const sources = new Set(same.flatMap(sourcesOf));
    for (const chip of same) chip.classList.add("lean-magic-proof-lit");
    for (const chip of chips) {
      if (sources.has(chip.dataset.hypothesis ?? "")) chip.classList.add("lean-magic-proof-source");
      if (sourcesOf(chip).includes(hypothesis)) chip.classList.add("lean-magic-proof-use");
    }
    return;
  }
  const number = step ?? echo;
  if (number === undefined) return;
  for (const same of drawing.querySelectorAll(`[data-step='${number}'], [data-echo='${number}']`))
    same.classList.add("lean-magic-proof-lit");
  const tactic = /** @type {HTMLElement | null} */ (drawing.querySelector(`[data-step='${number}']`));
  const lights = new Set(JSON.parse(tactic?.dataset.lights ?? "[]"));
  for (const chip of chips) chip.classList.toggle("lean-magic-proof-source", lights.has(chip.dataset.hypothesis));
}

/**
 * @param {HTMLElement} chip
 * @returns {string[]}
 */
function sourcesOf(chip) {
  return JSON.parse(chip.dataset.from ?? "[]");
}

/** @param {HTMLElement} drawing */
function focusedIn(drawing) {
  const focused = /** @type {Document | ShadowRoot} */ (drawing.getRootNode()).activeElement;
  return drawing.contains(focused) ? focused : null;
}
