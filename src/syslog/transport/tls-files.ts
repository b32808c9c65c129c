import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readTlsFiles } from '../../http/listener.js';
import { RenewableTls, type TlsMaterial } from '../../http/renewable-tls.js';
import type { SyslogSettings } from '../../settings.js';

type SyslogTls = NonNullable<SyslogSettings['tls']>;

/**
 * @param everySeconds the files are looked at for a renewal.
 * @throws Error that names the files that cannot be used, and their settings.
 */
export function syslogTls(tls: SyslogTls, everySeconds: number): RenewableTls {
  const paths = [tls.cert, tls.key, ...(tls.ca === undefined ? [] : [tls.ca])];
  return new RenewableTls('syslog', paths, everySeconds, () => readSyslogTls(tls));
}

/** What TLS needs to know: the certificate of the server, and whether and by whom those of clients must be signed. */
function readSyslogTls(tls: SyslogTls): TlsMaterial {
  return {
    ...readPair(tls),
    minVersion: 'TLSv1.2',
    ca: tls.ca === undefined ? undefined : readAuthorities(tls.ca),
    requestCert: tls.requireCertificate,
    rejectUnauthorized: tls.requireCertificate,
  };
}

function readPair(tls: SyslogTls): { cert: Buffer; key: Buffer } {
  try {
    return readTlsFiles(tls);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`syslog: ${reason} (FLOWG_SYSLOG_TLS_CERT, FLOWG_SYSLOG_TLS_KEY)`, { cause });
  }
}

function readAuthorities(path: string): Buffer {
  try {
    const certificates = readFileSync(path);
    // TLS itself would take a file without a certificate, and then refuse every client.
    void new X509Certificate(certificates);
    return certificates;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`syslog: the file ${path} (FLOWG_SYSLOG_TLS_CA) cannot be used: ${reason}`, { cause });
  }
}
