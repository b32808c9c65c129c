const WINDOW_MS = 1000;

/**
 * For what may happen thousands of times a second: at most one line in a second, and after it, if there was more, a line
 * that says how much and what the last of it was.
 */
export class ThrottledLog {
  private open = false;
  private suppressed = 0;
  private last = '';

  constructor(private readonly write: (text: string) => void) {}

  say(text: string): void {
    if (this.open) {
      this.suppressed++;
      this.last = text;
      return;
    }
    this.write(text);
    this.openWindow();
  }

  private openWindow(): void {
    this.open = true;
    setTimeout(() => this.closeWindow(), WINDOW_MS).unref();
  }

  private closeWindow(): void {
    this.open = false;
    if (this.suppressed === 0) return;
    this.write(`${this.last} (${this.suppressed} such lines within a second, this is the last)`);
    this.suppressed = 0;
    this.openWindow();
  }
}
