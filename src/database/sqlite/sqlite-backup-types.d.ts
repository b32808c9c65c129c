import 'sqlite3';

// The package ships types for everything but its backup interface.
declare module 'sqlite3' {
  interface Backup {
    readonly completed: boolean;
    readonly failed: boolean;
    step(pages: number, callback: (error: Error | null) => void): void;
    finish(callback: () => void): void;
  }
  interface Database {
    backup(file: string, callback: (error: Error | null) => void): Backup;
  }
}
