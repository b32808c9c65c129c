import { Injectable } from '@nestjs/common';
import { AuthDatabase, type AuthRows } from './auth.database.js';
import { TokenEntity } from './token.entity.js';
import { UserEntity } from './user.entity.js';

@Injectable()
export class TokensStore {
  constructor(private readonly database: AuthDatabase) {}

  /** Sorted. */
  async uuidsOf(user: string): Promise<string[]> {
    const tokens = await this.database.read((manager) =>
      manager.find(TokenEntity, { select: { uuid: true }, where: { user }, order: { uuid: 'ASC' } }),
    );
    return tokens.map(({ uuid }) => uuid);
  }

  async find(uuid: string, rows: AuthRows = this.database): Promise<TokenEntity | null> {
    return rows.read((manager) => manager.findOneBy(TokenEntity, { uuid }));
  }

  /** @returns false when the user does not exist (any more). */
  add(token: TokenEntity): Promise<boolean> {
    return this.database.write(async (manager) => {
      if (!(await manager.existsBy(UserEntity, { name: token.user }))) return false;
      await manager.insert(TokenEntity, token);
      return true;
    });
  }

  async remove(user: string, uuid: string): Promise<void> {
    await this.database.write((manager) => manager.delete(TokenEntity, { user, uuid }));
  }
}
