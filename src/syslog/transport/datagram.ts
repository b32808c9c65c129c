const COUNT = /^\d{1,10}(?= )/;
/** Enough to hold the longest count and its space. */
const COUNT_BYTES = 11;

/** Some clients count octets also where a datagram is its own frame. A count that is right is not part of the message. */
export function withoutCount(datagram: Buffer): Buffer {
  const count = COUNT.exec(datagram.toString('latin1', 0, COUNT_BYTES))?.[0];
  if (count === undefined) return datagram;
  const message = datagram.subarray(count.length + 1);
  return message.length === Number(count) ? message : datagram;
}
