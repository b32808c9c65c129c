import { expect, it } from 'vitest';
import { clientOf, hostOfClient } from './sender.js';

it.each([
  ['192.0.2.7', '192.0.2.7:514', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7:514', '192.0.2.7'],
  ['2001:db8::1', '[2001:db8::1]:514', '2001:db8::1'],
  ['fe80::1%eth0', '[fe80::1%eth0]:514', 'fe80::1%eth0'],
  ['::ffff:0:1', '[::ffff:0:1]:514', '::ffff:0:1'],
])('the client %s is shown as %s', (address, client, host) => {
  expect(clientOf(address, 514)).toBe(client);
  expect(hostOfClient(client)).toBe(host);
});
