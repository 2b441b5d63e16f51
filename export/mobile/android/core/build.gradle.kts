// Pure JVM, without dependencies. The project's tests compile these sources with the Kotlin compiler and run them;
// Gradle itself was not run.
plugins { kotlin("jvm") version "2.4.20" }

kotlin { jvmToolchain(17) }
