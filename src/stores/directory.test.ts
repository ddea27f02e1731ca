import { storeContract } from './contract.ts'
import { directoryUnderTest } from './directory-under-test.ts'

storeContract('a directory', () => directoryUnderTest())
