// NEVER BUILT: there was no Android SDK where this was written.
plugins {
    id("com.android.library") version "9.0.0"
}

android {
    namespace = "waifu4x.android"
    compileSdk = 36
    defaultConfig { minSdk = 26 }
}

kotlin { jvmToolchain(17) }

dependencies {
    api(project(":core"))
    implementation("androidx.activity:activity-ktx:1.11.0")
    implementation("com.google.ai.edge.litert:litert:2.3.0")
}
