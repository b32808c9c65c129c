import { SetMetadata } from '@nestjs/common';

export const FAST_ROUTE_METADATA = 'flowg:fast-route';

/**
 * The route is so hot that what the framework does around it costs more than what it does: plain requests for it go by
 * the lane. Its handler may take `@Param()`, all of `@Query()`, `@Body()` and `@Res()`, of which it may use what Node's own
 * `ServerResponse` has, and nothing else.
 */
export function FastRoute(): MethodDecorator {
  return SetMetadata(FAST_ROUTE_METADATA, true);
}
