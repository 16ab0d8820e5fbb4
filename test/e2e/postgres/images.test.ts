import '../../support/on-postgres.ts'
import '../images.test.ts'
