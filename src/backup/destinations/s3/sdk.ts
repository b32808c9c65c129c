export type Sdk = typeof import('@aws-sdk/client-s3');

/** Loaded by the first who needs it: a server without a bucket pays neither its memory nor its time. */
export function loadSdk(): Promise<Sdk> {
  return import('@aws-sdk/client-s3');
}
