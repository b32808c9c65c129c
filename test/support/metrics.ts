/** Value of a metric with these labels in a text for Prometheus; undefined when it is not there. */
export function metricValue(
  metrics: string,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const line = metrics.split('\n').find((one) => {
    const words = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return (
      (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) && words.every((word) => one.includes(word))
    );
  });
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
