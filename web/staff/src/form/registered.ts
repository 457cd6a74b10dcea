// A party or a vehicle of a register that a form names by id.
import { ref, watch, type Ref } from 'vue'

import { api, got } from '../api/client'
import { useLatest } from '../latest'

export type Registered = 'party' | 'vehicle'

/** What it is called; its id where it cannot be read. */
export function useRegistered(kind: () => Registered, id: () => unknown): Ref<string> {
  const name = ref('')
  const ask = useLatest()
  watch([kind, id], async ([of, value]) => {
    const counts = ask()
    if (!value) return void (name.value = '')
    const path = { params: { path: { object_id: String(value) } } }
    let called = String(value)
    try {
      called = of === 'party' ? (await got(api.GET('/api/staff/objects/parties/{object_id}', path))).name : (await got(api.GET('/api/staff/objects/vehicles/{object_id}', path))).plate
    } catch {
      // who may not read it sees the number
    }
    if (counts()) name.value = called
  }, { immediate: true })
  return name
}
