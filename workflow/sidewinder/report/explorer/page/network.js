// The page's side of the worker in which the network runs.

class Network {
  constructor() {
    const source = new Blob([textOf("worker")], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(source));
    this.waiting = new Map();
    this.worker.onmessage = ({ data: { id, answer, error } }) => {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) resolve(answer);
      else reject(new Error(error));
    };
    this.worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message || "the worker did not start"));
    };
    this.next = 0;
  }

  ask(question, call = {}, transfer = []) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, question, call }, transfer);
    });
  }

  static async start() {
    if (!facts.has_network) throw new Error("the network is too large for a page");
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") throw new Error("there is no WebAssembly");
    const made = new Network();
    const runtime = await bytesOf("runtime-script", false);
    const binary = await bytesOf("runtime", true);
    const network = await bytesOf("network-bytes", true);
    await made.ask("prepare", { runtime, binary, network, pieces: facts.pieces, architecture });
    return made;
  }
}
