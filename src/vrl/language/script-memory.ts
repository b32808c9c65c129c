const REMEMBERED_SCRIPTS = 32;

/** What is known of the scripts of late, in this thread. */
export class ScriptMemory<Knowledge> {
  private readonly known = new Map<string, Knowledge>();

  constructor(private readonly learn: (script: string) => Knowledge) {}

  /** @throws what `learn` throws: then nothing is remembered. */
  of(script: string): Knowledge {
    const known = this.known.get(script);
    if (known !== undefined) return known;
    const learnt = this.learn(script);
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= REMEMBERED_SCRIPTS) this.known.delete(oldest);
    this.known.set(script, learnt);
    return learnt;
  }
}
