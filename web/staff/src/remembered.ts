// Small preferences of a person that this browser keeps: columns, saved searches, what was seen.
import { ref, watch, type Ref } from 'vue'

export function remembered<T>(key: string, first: T): Ref<T> {
  const place = `zc-kept:${key}`
  let start = first
  try {
    const text = localStorage.getItem(place)
    if (text) start = JSON.parse(text) as T
  } catch {
    // unreadable: begin anew
  }
  const value = ref(start) as Ref<T>
  watch(
    value,
    (now) => {
      try {
        localStorage.setItem(place, JSON.stringify(now))
      } catch {
        // a full store loses a preference, nothing else
      }
    },
    { deep: true },
  )
  return value
}
