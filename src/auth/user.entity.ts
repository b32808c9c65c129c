import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('users')
export class UserEntity {
  @PrimaryColumn('text')
  name: string;

  /** Argon2id, as a PHC string. */
  @Column('text', { name: 'password_hash' })
  passwordHash: string;
}
