/** What an entry counts for besides the JSON of its fields: its row and its places in the indexes, roughly. */
export const ENTRY_OVERHEAD_BYTES = 64;

/** SQL for the bytes of an entry, equal to what `EntriesStore` adds when it is stored. */
export const ENTRY_BYTES = `(octet_length(fields) + ${ENTRY_OVERHEAD_BYTES})`;
