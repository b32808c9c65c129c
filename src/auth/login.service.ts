import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { unauthenticated } from './unauthenticated.js';
import { UsersService } from './users.service.js';

@Injectable()
export class LoginService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: JwtService,
  ) {}

  /**
   * @param address of the client, for the count of failures.
   * @returns a JSON Web Token that is valid for 24 hours.
   * @throws Problem UNAUTHENTICATED, TOO_MANY_REQUESTS
   */
  async login(username: string, password: string, address: string): Promise<string> {
    if (!(await this.users.isPassword(username, password, address)))
      throw unauthenticated('invalid credentials');
    return this.tokens.signAsync({}, { subject: username });
  }
}
