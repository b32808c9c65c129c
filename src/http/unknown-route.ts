import type { NextFunction, Request, Response } from 'express';

/** As much of Express' router as is needed to ask which methods a path has. */
export interface RouterLayer {
  route?: { methods: Record<string, boolean> };
  match(path: string): boolean;
}

/**
 * What the reference answers where nothing is: `405` with `Allow` when the path has other methods (HEAD and OPTIONS
 * included), a plain `404` otherwise. Stands in front of the routes, since Express itself would answer HEAD and OPTIONS.
 */
export function unknownRoute(layersOf: () => RouterLayer[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const methods = new Set<string>();
    for (const layer of layersOf()) {
      if (!layer.route || !matches(layer, request.path)) continue;
      for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
    }
    if (methods.has(request.method)) return next();
    if (methods.size > 0) {
      response
        .status(405)
        .setHeader('Allow', [...methods].toSorted().join(', '))
        .end();
      return;
    }
    if (isDocumentation(request)) return next();
    answerUnknownPath(response);
  };
}

/** As the reference answers where nothing is: not in the form of an API error. */
export function answerUnknownPath(response: Response): void {
  response.status(404).type('text/plain').send('404 page not found\n');
}

/** The explorer's files are served by a middleware, not by routes. */
function isDocumentation(request: Request): boolean {
  return request.method === 'GET' && request.path.startsWith('/api/docs/');
}

/** Parameters are decoded after the match: a path in which that fails is refused, with its reason, by the router. */
function matches(layer: RouterLayer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return true;
  }
}
