/** A stored copy did not pass a check of its proof. The message is public. */
export class ProofFailure extends Error {
  constructor(
    readonly check: string,
    message: string,
  ) {
    super(message);
    this.name = 'ProofFailure';
  }
}
