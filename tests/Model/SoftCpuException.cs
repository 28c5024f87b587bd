// What the software processor throws where a real one would fault the hypervisor, or would do something that no
// hypervisor can want: the test fails, and the message says why.

using System;

namespace MinusOne.Tests.Model;

internal sealed class SoftCpuException : Exception
{
    public SoftCpuException(string message)
        : base(message)
    {
    }
}
