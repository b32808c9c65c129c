import { Entity, PrimaryColumn } from 'typeorm';

@Entity('user_roles')
export class UserRoleEntity {
  @PrimaryColumn('text')
  user: string;

  /** Not necessarily the name of a role that exists. */
  @PrimaryColumn('text')
  role: string;
}
