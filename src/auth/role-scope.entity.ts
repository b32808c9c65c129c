import { Entity, PrimaryColumn } from 'typeorm';

@Entity('role_scopes')
export class RoleScopeEntity {
  @PrimaryColumn('text')
  role: string;

  @PrimaryColumn('text')
  scope: string;
}
