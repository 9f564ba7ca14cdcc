import LeanMagic.Server

/-!
# The server as a program

For a Lean toolchain of one's own, whose code is compiled and whose modules are mapped into memory.
-/

open Lean LeanMagic

unsafe def main : IO Unit := do
  initSearchPath (← findSysroot)
  enableInitializersExecution
  let server ← Server.start <| ← Headers.new fun { imports, isModule } =>
    importModules imports {} (loadExts := true) (level := if isModule then .exported else .private)
  server.serve (← IO.getStdin) (← IO.getStdout)
