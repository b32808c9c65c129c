/**
 * A float as Rust prints it: the shortest digits that are this number, as in JavaScript, but never with an exponent.
 * @param value finite.
 */
export function floatText(value: number): string {
  const magnitude = Math.abs(value);
  const [mantissa, exponent] = String(magnitude).split('e') as [string, string?];
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return (
    sign + (exponent === undefined ? roundUp(mantissa, magnitude) : shiftPoint(mantissa, Number(exponent)))
  );
}

/**
 * Where two texts are equally short and equally near, as 0.12 and 0.13 behind 121174592708186 are to 0.125, JavaScript
 * takes the even one and Rust the larger. It happens only before numbers have exponents.
 */
function roundUp(text: string, magnitude: number): string {
  const point = text.indexOf('.');
  if (point === -1) return text;
  const decimals = text.length - 1 - point;
  const hasNoMore = Number.isInteger(magnitude * 2 ** (decimals + 1));
  if (!hasNoMore || magnitude.toFixed(decimals + 1) !== `${text}5`) return text;
  return text.slice(0, -1) + (Number(text.at(-1)) + 1);
}

/** JavaScript writes exponents from 21 up and from -7 down, and at most 17 digits: the point leaves them all. */
function shiftPoint(mantissa: string, exponent: number): string {
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const digits = whole + fraction;
  return exponent > 0
    ? digits.padEnd(whole.length + exponent, '0')
    : `0.${digits.padStart(digits.length - whole.length - exponent, '0')}`;
}
