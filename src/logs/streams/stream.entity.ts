import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('stream')
export class Stream {
  @PrimaryGeneratedColumn()
  id: number;

  /** null: purged, and being emptied. */
  @Column('text', { nullable: true, unique: true })
  name: string | null;

  @Column('integer', { name: 'ttl_seconds' })
  ttlSeconds: number;

  @Column('integer', { name: 'size_mb' })
  sizeMb: number;

  /** JSON of a list of field names. */
  @Column('text', { name: 'indexed_fields' })
  indexedFields: string;

  /** Exact at every commit. */
  @Column('integer', { name: 'entry_count' })
  entryCount: number;
}
