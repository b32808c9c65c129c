import { Logger } from '@nestjs/common';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { BindAddress } from '../../setting-values.js';
import type { Reception } from '../reception.js';
import { clientOf } from '../sender.js';
import { withoutCount } from './datagram.js';
import { kernelDrops } from './kernel-drops.js';
import type { SyslogListener } from './syslog-listener.js';

/** Bytes of datagrams that the kernel is asked to hold while this process is busy; it may grant less. */
const KERNEL_BUFFER = 4 * 1024 * 1024;

/**
 * Listens for datagrams, each of which is one message.
 * @throws Error of the system, as for an address in use.
 */
export async function listenUdp({ host, port }: BindAddress, reception: Reception): Promise<SyslogListener> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  socket.on('message', (datagram, { address: from, port: fromPort }) => {
    if (!reception.admits(from)) return;
    reception.offer(withoutCount(datagram), { client: clientOf(from, fromPort), tlsPeer: '' });
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  enlargeKernelBuffer(socket);
  socket.on('error', (error) => new Logger('Syslog').error(`datagrams: ${error.message}`));
  const bound = socket.address();
  return {
    address: bound,
    kernelDrops: () => kernelDrops(bound.port),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function enlargeKernelBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(KERNEL_BUFFER);
  } catch {
    // Some systems refuse what others cut down. With the usual size more is lost in a burst, which is no reason to stop.
  }
}
