/**
 * A float as Rust prints it: the shortest digits that are this number, as in JavaScript, but never with an exponent.
 * @param value finite.
 */
export function floatText(value: number): string {
  const [mantissa, exponent] = String(Math.abs(value)).split('e') as [string, string?];
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + (exponent === undefined ? mantissa : shiftPoint(mantissa, Number(exponent)));
}

/** JavaScript writes exponents from 21 up and from -7 down, and at most 17 digits: the point leaves them all. */
function shiftPoint(mantissa: string, exponent: number): string {
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const digits = whole + fraction;
  return exponent > 0
    ? digits.padEnd(whole.length + exponent, '0')
    : `0.${digits.padStart(digits.length - whole.length - exponent, '0')}`;
}
