// What a virtual processor has had of the machine's time. Every tick of its life is in one of the three.

namespace MinusOne.Hv.Processor;

internal struct SliceAccount
{
    // It ran, or the hypervisor worked for it; it was ready while another ran; it had nothing to do.
    public ulong Run;
    public ulong Wait;
    public ulong Idle;

    public ulong Slices;

    // Slices that ended because they were used up while others were ready.
    public ulong Preemptions;

    public void Add(in SliceAccount other)
    {
        Run += other.Run;
        Wait += other.Wait;
        Idle += other.Idle;
        Slices += other.Slices;
        Preemptions += other.Preemptions;
    }
}
