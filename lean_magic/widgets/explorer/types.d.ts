// What the page and the kernel send each other, and what it is about. Positions in text are UTF-16 offsets here.

export type Status =
  | "open" | "finished" | "sorry" | "running" | "failed" | "timeout" | "out_of_memory" | "crashed" | "cancelled";

/** A tactic run in the state of its parent. Number 0 is the root, which has no tactic. */
export interface Attempt {
  id: number;
  parent: number | null;
  tactic: string | null;
  /** Which goal of the parent's state it was run on, from 0; null: on the whole state. */
  place: number | null;
  /** The target of that goal, in one line. */
  goal: string | null;
  status: Status;
  /** How many goals are left. */
  goals: number;
  /** Seconds. */
  elapsed: number | null;
  name: string | null;
  marked: boolean;
  by: "person" | "program" | "proof";
  error: string | null;
  /** What Lean offers with 'Try this'. */
  offers: string[];
}

/** Words of a text, each with what became of it since the parent. */
export type Text = [text: string, change: "same" | "inserted" | "removed"][];

export interface Hypothesis {
  names: { text: string; inaccessible: boolean }[];
  type: Text;
  value: Text | null;
  instance: boolean;
  change: "same" | "inserted" | "removed" | "changed";
}

export interface Goal {
  case: string | null;
  hypotheses: Hypothesis[];
  target: Text;
  change: "same" | "changed" | "new";
  text: string;
}

export interface Details {
  goals: Goal[];
  messages: { severity: string; text: string }[];
  /** The whole state, for copying. */
  text: string;
}

export interface Suggestion {
  tactic: string;
  /** The candidate it comes from. */
  tried: string;
  status: Status;
  /** Whether it proves the goal, and nothing of that rests on sorry. */
  closes: boolean;
  goals: number;
  elapsed: number | null;
  /** One line, such as "closes the goal". */
  gain: string;
}

/** Where the proof belongs. */
export interface Origin {
  /** Id of the cell. */
  cell: string | null;
  /** The code as the user wrote it, below the %%lean line. */
  code: string | null;
  declaration: string | null;
  sorry: [line: number, column: number, endLine: number, endColumn: number] | null;
}

export interface Scope {
  goal: { case: string | null; target: string };
  /** Those that are new in it, with what they come from. */
  hypotheses: { id: string; name: string; type: string; from?: string[] }[];
  steps: ProofStep[];
  closed: boolean;
}

export interface ProofStep {
  /** "": none, where a proof begins with several goals. */
  tactic: string;
  attempt: number | null;
  position: [line: number, column: number] | null;
  new_hypotheses: { id: string; name: string; type: string; from: string[] }[];
  gone: string[];
  /** The new target if it changed; null if it did not, or the goal is closed. */
  goal: string | null;
  closes: boolean;
  /** Several new goals: one each. */
  scopes: Scope[];
  /** Proofs inside: have, case. */
  inner: Scope[];
}

export interface Proof {
  scope: Scope;
  finished: boolean;
}

export interface Settings {
  tactics: string[];
}

/** What is needed to build the tree again; only Python reads what is in it. */
export type Recipe = Record<string, unknown>;

export interface CompletionItem {
  text: string;
  kind: string;
  type?: string;
  doc?: string;
}

// Kernel → page

export interface TreeMessage {
  kind: "tree";
  explorer: string;
  title: string;
  current: number;
  best: number;
  attempts: Attempt[];
  origin: Origin | null;
  recipe: Recipe | null;
  has_proof: boolean;
  can_restore: boolean;
  settings: Settings;
}

export interface ChangedMessage {
  kind: "changed";
  attempts: Attempt[];
  removed: number[];
  current: number;
  best: number;
  can_restore: boolean;
  recipe?: Recipe;
}

export interface StartedMessage { kind: "started"; request: number; attempt: number }
export interface DetailsMessage { kind: "details"; details: Record<string, Details> }
export interface CompletionsMessage { kind: "completions"; request: number; start: number; items: CompletionItem[] }
export interface TypeMessage { kind: "type"; request: number; text: string; ok: boolean }
export interface ProofMessage { kind: "proof"; request: number; attempt: number | null; proof: Proof }
export interface ProblemMessage { kind: "problem"; request?: number | null; text: string }
export interface AbbreviationsMessage { kind: "abbreviations"; table: Record<string, string> }

export interface SuggestionsMessage {
  kind: "suggestions";
  /** Which search it is of: a later one has a larger number. */
  search?: number;
  attempt: number;
  place: number | null;
  running: boolean;
  done: number;
  total: number;
  /** All so far, best first. */
  items: Suggestion[];
}

export interface ScriptMessage {
  kind: "script";
  request: number;
  attempt: number;
  text: string;
  verdict: "valid" | "sorry" | "error" | "timeout" | "out_of_memory" | "crashed" | "cancelled";
  /** One line; "" if valid. */
  reason: string;
  /** The cell's whole code before and after; only if Lean accepted the whole. */
  cell: { before: string; after: string } | null;
}

export type KernelMessage =
  | TreeMessage | ChangedMessage | StartedMessage | DetailsMessage | CompletionsMessage | TypeMessage
  | SuggestionsMessage | ScriptMessage | ProofMessage | ProblemMessage | AbbreviationsMessage;

// Page → kernel

/** A message that is answered; `Store.request` adds the number. */
export type Request =
  | { kind: "run"; parent: number; place: number | null; tactic: string }
  | { kind: "complete"; attempt: number; place: number | null; text: string; cursor: number }
  | { kind: "type"; attempt: number; place: number | null; text: string }
  | { kind: "script"; attempt: number }
  | { kind: "proof"; attempt: number | null };

export interface Answers {
  run: StartedMessage;
  complete: CompletionsMessage;
  type: TypeMessage;
  script: ScriptMessage;
  proof: ProofMessage;
}

export type PageMessage =
  | (Request & { request: number })
  | { kind: "open" }
  | { kind: "cancel"; attempt?: number }
  | { kind: "select"; attempt: number }
  | { kind: "details"; attempts: number[] }
  | { kind: "rename"; attempt: number; name: string | null }
  | { kind: "mark"; attempt: number; marked: boolean }
  | { kind: "prune"; attempt: number }
  | { kind: "restore" }
  | { kind: "suggest"; attempt: number; place: number | null; tactics?: string[] }
  | { kind: "replay"; recipe: Recipe }
  | { kind: "abbreviations" };

/** The part of an anywidget model that the explorer uses. */
export interface Model {
  get(name: "title"): string;
  send(message: PageMessage): void;
  on(event: string, callback: (...values: any[]) => void): void;
  off(event?: string | null, callback?: ((...values: any[]) => void) | null): void;
  /** JupyterLab's has more than anywidget declares: see notebook.js. */
  widget_manager?: unknown;
}

export interface PaneOptions {
  /** Aborted when the view goes. */
  signal: AbortSignal;
}

/** Every pane: listens to the store, and renders into its own element. */
export type Pane = (store: import("./store.js").Store, options: PaneOptions) => HTMLElement;
