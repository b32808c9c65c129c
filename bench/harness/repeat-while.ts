/** What one thing came to, and what another one did each time that it was done meanwhile. */
export interface Meanwhile<Result, Repeated> {
  result: Result;
  repeated: Repeated[];
}

/** Does `task` again and again for as long as `going` is under way, and at least once. */
export async function repeatWhile<Result, Repeated>(
  going: Promise<Result>,
  task: () => Promise<Repeated>,
): Promise<Meanwhile<Result, Repeated>> {
  let ended = false;
  const result = going.finally(() => (ended = true));
  // Told below, not as one that nobody waits for.
  result.catch(() => undefined);
  const repeated: Repeated[] = [];
  do repeated.push(await task());
  while (!ended);
  return { result: await result, repeated };
}
