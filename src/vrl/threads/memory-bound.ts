import { setFlagsFromString } from 'node:v8';

const PAGE_BYTES = 64 * 1024;

/**
 * Bounds the memory of every WebAssembly program that this process starts from now on, in whatever thread. The limits
 * that a thread can be given are of JavaScript's heap only, and without a bound a script takes 4 GiB.
 */
export function boundWasmMemory(bytes: number): void {
  setFlagsFromString(`--wasm-max-mem-pages=${Math.floor(bytes / PAGE_BYTES)}`);
}
