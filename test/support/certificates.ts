import { execFileSync } from 'node:child_process';

/** Makes a self-signed certificate and its key with the `openssl` program. */
export function makeCertificate(name: string, { cert, key }: { cert: string; key: string }, days = 2): void {
  const words =
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days} ` +
    `-subj /CN=${name} -keyout ${key} -out ${cert}`;
  execFileSync('openssl', words.split(' '), { stdio: 'ignore' });
}
