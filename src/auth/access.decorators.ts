import { applyDecorators, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { ApiProblems } from '../http/problem-docs.js';
import type { Caller } from './caller.js';
import type { Permission } from './permissions.js';

/** Who may use a route. A route that declares nothing is used by nobody: the guard refuses it. */
export type Access =
  | { kind: 'public' }
  | { kind: 'any-login' }
  | { kind: 'permissions'; permissions: Permission[] }
  | { kind: 'any-of'; sets: PermissionSet[] };

type PermissionSet = readonly [Permission, ...Permission[]];

export const ACCESS_METADATA = 'flowg:access';

/** What the route of a request declares; undefined when somebody forgot to. */
export function declaredAccess(
  reflector: Reflector,
  context: Pick<ExecutionContext, 'getHandler' | 'getClass'>,
): Access | undefined {
  return reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, [
    context.getHandler(),
    context.getClass(),
  ]);
}

/** @param caller whoever the token stands for; undefined where there is none, as on public routes. */
export function isAllowed(access: Access, caller: Caller | undefined): boolean {
  if (access.kind === 'public') return true;
  if (!caller) return false;
  if (access.kind === 'any-login') return true;
  const sets = access.kind === 'any-of' ? access.sets : [access.permissions];
  return sets.some((set) => set.every((name) => caller.permissions.has(name)));
}

/** Anybody may use the route, without a token. */
export function Public() {
  return applyDecorators(declare({ kind: 'public' }), ApiExtension('x-required-permissions', 'public'));
}

/** Anybody with a valid token may use the route. */
export function AnyLogin() {
  return applyDecorators(
    declare({ kind: 'any-login' }),
    documentTokens(),
    ApiExtension('x-required-permissions', []),
    ApiProblems('UNAUTHENTICATED'),
  );
}

/** The caller needs all of these permissions. One declaration: the guard obeys it and the explorer shows it. */
export function RequirePermissions(...permissions: [Permission, ...Permission[]]) {
  return applyDecorators(
    declare({ kind: 'permissions', permissions }),
    documentTokens(),
    ApiExtension('x-required-permissions', permissions),
    ApiProblems('UNAUTHENTICATED', 'PERMISSION_DENIED'),
  );
}

/**
 * The caller needs all permissions of one of these sets: what the route is about may be any of several things, and which
 * one is known only when the request has been read.
 */
export function RequireAnyOf(...sets: [PermissionSet, ...PermissionSet[]]) {
  return applyDecorators(
    declare({ kind: 'any-of', sets }),
    documentTokens(),
    ApiExtension('x-required-permissions', []),
    ApiExtension('x-required-any-of', sets),
    ApiProblems('UNAUTHENTICATED', 'PERMISSION_DENIED'),
  );
}

function declare(access: Access) {
  return SetMetadata(ACCESS_METADATA, access);
}

function documentTokens() {
  return applyDecorators(ApiBearerAuth('patAuth'), ApiBearerAuth('jwtAuth'));
}
