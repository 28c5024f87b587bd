// What every file of hv/ sees of System without saying so, in whichever project it is compiled.

global using System;
global using System.Buffers.Binary;
global using System.Diagnostics.CodeAnalysis;
global using System.Numerics;
global using System.Runtime.CompilerServices;
global using System.Runtime.InteropServices;
