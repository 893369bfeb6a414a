// What wasm_exec.js (from the Go distribution) and the voucher package as
// WebAssembly put on the global object of a page that loads them.

/** Runs a Go program compiled to WebAssembly. */
declare class Go {
  readonly importObject: WebAssembly.Imports;
  /** Resolves when the program ends, which a program that serves calls never does. */
  run(instance: WebAssembly.Instance): Promise<void>;
}

/**
 * Verifies a voucher without any server: the contract stands in
 * voucher/wasm/main.go. Present once that program runs.
 */
declare function chepiaoVerify(code: string, directoryJSON: string, nowMs: number, lang: "zh" | "en", stationsJSON?: string): string;
