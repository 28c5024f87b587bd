// Whether a VMCS wants VMLAUNCH or VMRESUME. SDM 3C 26.1 Overview: the state is unknown until a VMCLEAR.
namespace MinusOne.Tests.Model;

internal enum LaunchState
{
    Undefined,
    Clear,
    Launched,

    // VMXOFF came in between.
    LaunchedBefore,
}
