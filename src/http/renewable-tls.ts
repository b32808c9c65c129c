import { Logger } from '@nestjs/common';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server, TlsOptions } from 'node:tls';
import { Gauge } from 'prom-client';
import type { TlsFiles } from '../settings.js';
import { readTlsFiles } from './listener.js';

/** In prom-client's own registry, which `management/` serves. */
const expiry = new Gauge({
  name: 'flowg_tls_certificate_expiry_timestamp_seconds',
  help: 'When the certificate in use ends, Unix time',
  labelNames: ['listener'],
});

/** What files of certificates say, as every kind of TLS server takes it. */
export type TlsMaterial = { cert: Buffer; key: Buffer } & Pick<
  TlsOptions,
  'ca' | 'minVersion' | 'requestCert' | 'rejectUnauthorized'
>;

/** What a listener needs for TLS, read from its files, and again whenever somebody has renewed them. */
export class RenewableTls {
  readonly options: TlsMaterial;
  private readonly log = new Logger('TLS');
  private lastSeen: string;
  /** The state of the files that was taken, or refused, last. */
  private judged: string;
  private validTo: string;

  /**
   * @param listener a name for log and metric.
   * @param paths of all files that `read` reads.
   * @param everySeconds they are looked at.
   * @throws Error of `read`, which names the files that cannot be used.
   */
  constructor(
    private readonly listener: 'http' | 'management' | 'syslog',
    private readonly paths: string[],
    private readonly everySeconds: number,
    private readonly read: () => TlsMaterial,
  ) {
    // Before they are read: what changes meanwhile is seen as a change.
    this.judged = this.lastSeen = this.fingerprint();
    this.options = read();
    this.validTo = this.measure(this.options);
  }

  static ofPair(listener: 'http' | 'management', files: TlsFiles, everySeconds: number): RenewableTls {
    return new RenewableTls(listener, [files.cert, files.key], everySeconds, () => readTlsFiles(files));
  }

  /**
   * Connections that are open stay as they are; whoever connects from then on sees the new certificate. The files are
   * looked at again and again and not watched: a mounted Kubernetes secret changes by a link far above them.
   * @returns ends it.
   */
  keepRenewed(server: Pick<Server, 'setSecureContext'>): () => void {
    const timer = setInterval(() => this.look(server), this.everySeconds * 1000).unref();
    return () => clearInterval(timer);
  }

  private look(server: Pick<Server, 'setSecureContext'>): void {
    const seen = this.fingerprint();
    const isSettled = seen === this.lastSeen;
    this.lastSeen = seen;
    // Two files are never replaced in one instant: what has just changed may be half of it.
    if (!isSettled || seen === this.judged) return;
    this.judged = seen;
    try {
      const options = this.read();
      server.setSecureContext(options);
      this.validTo = this.measure(options);
      this.log.log(`the renewed certificate of ${this.listener} is in use, valid until ${this.validTo}`);
    } catch (error) {
      this.log.error(
        `the renewed files of ${this.listener} are refused, the certificate from before stays in use and is ` +
          `valid until ${this.validTo}: ${(error as Error).message}`,
      );
    }
  }

  private fingerprint(): string {
    const hash = createHash('sha256');
    for (const path of this.paths) {
      try {
        hash.update(createHash('sha256').update(readFileSync(path)).digest());
      } catch (error) {
        hash.update((error as Error).message);
      }
    }
    return hash.digest('base64');
  }

  /** @returns when the certificate ends. */
  private measure({ cert }: TlsMaterial): string {
    const end = new Date(new X509Certificate(cert).validTo);
    expiry.set({ listener: this.listener }, end.getTime() / 1000);
    return end.toISOString();
  }
}
