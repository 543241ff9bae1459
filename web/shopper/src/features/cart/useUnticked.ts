import { ref, watch, type Ref } from 'vue'

const STORED_AS = 'galleria.unticked'

function read(): Set<string> {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(STORED_AS) ?? '[]') as string[])
  } catch {
    return new Set()
  }
}

/** The lines a shopper keeps for later; remembered while the tab lives. */
export function useUnticked(): Ref<Set<string>> {
  const unticked = ref(read())
  watch(unticked, (now) => sessionStorage.setItem(STORED_AS, JSON.stringify([...now])))
  return unticked
}
