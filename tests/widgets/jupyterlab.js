// As much of JupyterLab 4.6 as the explorer touches, with the names and shapes of the real one.

/** @import {CellModel, Context} from "../../lean_magic/widgets/explorer/notebook.js" */

class Signal {
  /** @type {Set<(...values: any[]) => void>} */
  slots = new Set();

  /** @param {(...values: any[]) => void} slot */
  connect(slot) {
    this.slots.add(slot);
    return true;
  }

  /** @param {(...values: any[]) => void} slot */
  disconnect(slot) {
    return this.slots.delete(slot);
  }

  /** @param {unknown} value */
  emit(value) {
    for (const slot of this.slots) slot(this, value);
  }
}

/** A code cell, with one step of undo for each stretch of changes. */
class Cell {
  type = "code";
  /** @type {Record<string, unknown>} */
  metadata = {};
  /** @type {[start: number, end: number, text: string][]} */
  updates = [];

  /**
   * @param {string} id
   * @param {string} source
   */
  constructor(id, source) {
    this.id = id;
    const cell = this;
    let captures = 0;
    this.sharedModel = {
      getSource: () => source,
      /**
       * @param {number} start
       * @param {number} end
       * @param {string} text
       */
      updateSource(start, end, text) {
        cell.updates.push([start, end, text]);
        source = source.slice(0, start) + text + source.slice(end);
      },
      undoManager: {
        stopCapturing: () => void captures++,
        get captures() {
          return captures;
        },
      },
    };
  }

  /** @param {string} key */
  getMetadata(key) {
    return this.metadata[key];
  }
}

/** A notebook in the page. */
export class Lab {
  /** @type {Cell[]} */
  cells = [];
  /** What commands were carried out, and in which cell. @type {[command: string, cell: number][]} */
  commands = [];
  saved = 0;
  kernels = 1;
  hasDefaultKernel = true;
  status = new Signal();
  kernel = new Signal();
  panel = document.createElement("div");
  tab = document.createElement("li");

  /** @param {string[]} sources */
  constructor(sources) {
    this.panel.className = "jp-Notebook";
    const outer = document.createElement("div");
    outer.className = "jp-NotebookPanel";
    outer.id = `id-${Math.random()}`;
    outer.append(this.panel);
    this.tab.className = "lm-TabBar-tab";
    this.tab.dataset.id = outer.id;
    this.tab.title = "Name: proofs.ipynb\nPath: proofs.ipynb\nLast Checkpoint: None";
    document.body.append(this.tab, outer);
    sources.forEach((source, index) => this.insert(index, source));
    let active = 0;
    this.panel.addEventListener("focusin", (event) => {
      const cell = /** @type {Element} */ (event.target).closest(".jp-Notebook-cell");
      if (cell) active = [...this.panel.children].indexOf(cell);
    });
    this.panel.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button?.dataset.commandlinkerCommand !== "apputils:run-all-enabled") return;
      for (const command of JSON.parse(button.dataset.commandlinkerArgs ?? "{}").commands) if (this.kernels) this.commands.push([command, active]);
    });
  }

  /**
   * @param {number} index
   * @param {string} source
   */
  insert(index, source) {
    this.cells.splice(index, 0, new Cell(`id-${this.cells.length}`, source));
    const made = document.createElement("div");
    made.className = "jp-Cell jp-CodeCell jp-Notebook-cell";
    made.tabIndex = 0;
    this.panel.insertBefore(made, this.panel.children[index] ?? null);
    [...this.panel.children].forEach((cell, place) => cell.setAttribute("data-windowed-list-index", String(place)));
  }

  get sources() {
    return this.cells.map((cell) => cell.sharedModel.getSource());
  }

  /** What anywidget gives as `model.widget_manager`. */
  get manager() {
    const lab = this;
    /** @type {Context} */
    const context = {
      path: "proofs.ipynb",
      localPath: "proofs.ipynb",
      save: async () => void this.saved++,
      model: {
        readOnly: false,
        cells: {
          get length() {
            return lab.cells.length;
          },
          get: (index) => /** @type {CellModel} */ (lab.cells[index]),
        },
        sharedModel: { insertCell: (index, cell) => this.insert(index, cell.source) },
      },
      sessionContext: {
        statusChanged: this.status,
        kernelChanged: this.kernel,
        get hasNoKernel() {
          return lab.kernels === 0;
        },
        session: { kernel: { info: Promise.resolve({}) } },
        startKernel: async () => {
          if (lab.hasDefaultKernel) lab.kernels++;
          return !lab.hasDefaultKernel;
        },
      },
    };
    return { context };
  }

  /**
   * Put something into the output of a cell, below the static one.
   * @param {number} index
   * @param {HTMLElement} view
   */
  show(index, view) {
    const picture = document.createElement("div");
    picture.dataset.leanMagicExplorer = "e1";
    picture.textContent = "a picture";
    this.panel.children[index]?.append(picture, view);
    return picture;
  }
}
