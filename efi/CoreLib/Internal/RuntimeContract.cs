// Every name the compiler (ILC) asks of a core library besides the types of C#, with the reason. What is deliberately
// absent: RhpNew* (allocation), RhpThrowEx (throw), RhpInitialDynamicInterfaceDispatch (interface calls): using one
// fails the link.

using System;
using System.Runtime;

namespace System.Runtime
{
    // Gives a method a symbol of its own, so that compiled code can call it by name.
    internal sealed class RuntimeExportAttribute : Attribute
    {
        public RuntimeExportAttribute(string entry)
        {
        }
    }

    // Calls a symbol of another object file directly, without a transition: how the stubs are reached.
    internal sealed class RuntimeImportAttribute : Attribute
    {
        public RuntimeImportAttribute(string library, string entry)
        {
        }
    }
}

namespace Internal.Runtime.CompilerHelpers
{
    internal static unsafe class StartupCodeHelpers
    {
        // Around every call of a firmware function. There is no collector to tell.
        [RuntimeExport("RhpPInvoke")]
        private static void PInvoke(void* frame)
        {
        }

        [RuntimeExport("RhpPInvokeReturn")]
        private static void PInvokeReturn(void* frame)
        {
        }

        // Named by the entry point the compiler always makes for Main, which the linker then drops.
        [RuntimeExport("RhpReversePInvoke")]
        private static void ReversePInvoke(void* frame)
        {
        }

        [RuntimeExport("RhpReversePInvokeReturn")]
        private static void ReversePInvokeReturn(void* frame)
        {
        }

        // Asked for by generated code that cannot go on.
        [RuntimeExport("RhpFallbackFailFast")]
        private static void FallbackFailFast() => Panic.FailFast();
    }

    // The checks the compiler inserts end here.
    internal static class ThrowHelpers
    {
        private static void ThrowIndexOutOfRangeException() => Panic.IndexOutOfRange();

        private static void ThrowDivideByZeroException() => Panic.DivideByZero();

        private static void ThrowOverflowException() => Panic.Overflow();

        private static void ThrowNullReferenceException() => Panic.NullReference();

        private static void ThrowArgumentOutOfRangeException() => Panic.ArgumentOutOfRange();

        private static void ThrowArgumentException() => Panic.FailFast();

        private static void ThrowPlatformNotSupportedException() => Panic.FailFast();

        private static void ThrowNotImplementedException() => Panic.FailFast();
    }
}
