/** Who sent a message, as its record shows it. */
export interface Sender {
  /** `ip:port`, or `[ipv6]:port`. */
  client: string;
  /** Common name of the client's certificate; empty without one. */
  tlsPeer: string;
}

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The address of an IPv4 client as such, also where a socket for both families shows it as `::ffff:1.2.3.4`. */
export function plainAddress(address: string): string {
  return IPV4_IN_IPV6.exec(address)?.[1] ?? address;
}

export function clientOf(address: string, port: number): string {
  const plain = plainAddress(address);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** @param client as `clientOf` writes it. @returns the address alone. */
export function hostOfClient(client: string): string {
  const host = client.slice(0, client.lastIndexOf(':'));
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
