import type Docker from 'dockerode'
import { waitFor } from './wait-for.ts'

/** Removes an image with all of its names, or one of its names, as soon as no sandbox holds it: a run is finished before its sandbox is gone. */
export async function removeImage(docker: Docker, reference: string): Promise<void> {
  let conflict: unknown
  const tryToRemove = async () => {
    try {
      await docker.getImage(reference).remove({ force: true })
      return true
    } catch (error) {
      if ((error as { readonly statusCode?: number }).statusCode !== 409) throw error
      conflict = error
      return false
    }
  }
  await waitFor(`image ${reference} to be removed`, tryToRemove).catch(error => {
    throw conflict === undefined ? error : new Error((error as Error).message, { cause: conflict })
  })
}
